"""The description of the machine API: OpenAPI document, examples, catalogue of problems."""
