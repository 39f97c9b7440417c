"""What travellers may ask of the record about them: access, rectification, erasure, redress."""
