"""How long what is kept: each personal column names its clock."""
