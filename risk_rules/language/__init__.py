"""A small typed rule language over passenger facts, with three-valued logic.

rule text --parse--> tree --check--> typed tree --+--> closures (one record)      evaluate.py
                                                  +--> explanation of a result     explain.py
                                                  +--> protected facts refused     grounds.py
                                                  +--> SQL of the same meaning     sql.py
"""

from risk_rules.language.explain import evidence, evidence_sha256
from risk_rules.language.rule import Rule, compile_rule
from risk_rules.language.tree import Node, RuleError

__all__ = ["Node", "Rule", "RuleError", "compile_rule", "evidence", "evidence_sha256"]
