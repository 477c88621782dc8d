"""What is said on the forge after a decision: a comment on the change request, a status on the commit.

A module for each forge; what is said is the same for all (`_comment`, `_news`), how it is said is theirs.
"""

from gatepass.posting._comment import comment, last
from gatepass.posting._forge import Forge, State
from gatepass.posting._news import Annotation, News, Rule, news, status_name

__all__ = ["Annotation", "Forge", "News", "Rule", "State", "comment", "last", "news", "status_name"]
