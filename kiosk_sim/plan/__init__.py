"""What a hall needs: flights, people and measured machines in, queues and waiting times out (``egate hall --flights``).

Everything that chance decides about a party is drawn before it walks, so that two halls of the same seed serve the
same people: differences between them are the halls' own.
"""
