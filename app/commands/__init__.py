"""What the command line does, a module per kind of command; assembly like :mod:`app.cli`."""
