"""How much of the pictures of one moment was covered before they were written."""

from __future__ import annotations

from dataclasses import dataclass

from worklog.domain.wording import count


@dataclass(frozen=True, slots=True)
class CoverTally:
    """How much was covered in the pictures of one moment.

    Attributes:
        windows: That a rule names.
        secrets: Lines that hold a secret.
        permille: Of the picture that is covered most [‰].
    """

    windows: int = 0
    secrets: int = 0
    permille: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether nothing was covered."""
        return not (self.windows or self.secrets)

    @property
    def figures(self) -> dict[str, int] | None:
        """For programs; None where nothing was covered."""
        if self.is_empty:
            return None
        return {"windows": self.windows, "secrets": self.secrets, "permille": self.permille}

    def __str__(self) -> str:
        """Return it in words; empty where nothing was covered."""
        windows = f"{count(self.windows, 'window')} by a rule" if self.windows else ""
        secrets = f"{count(self.secrets, 'line')} with secrets" if self.secrets else ""
        return ", ".join(filter(None, (windows, secrets)))
