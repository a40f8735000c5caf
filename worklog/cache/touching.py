"""Which slots and records an amendment touches; the rule itself is the domain's."""

from __future__ import annotations

from worklog.domain.touching import refs_of, slots_of, touching

__all__ = ["refs_of", "slots_of", "touching"]
