"""What the tracker is asked for: by other processes through the mailbox, and by keys."""

from __future__ import annotations

from collections import deque

from worklog.app.keeper import Keeper
from worklog.app.ports import Clock, Letter, Mailbox
from worklog.errors import WorklogError

FROM_A_KEY = 0  # the number of a letter that never was in the mailbox


class Inbox:
    """Gives out each request once, in the order of their moments."""

    def __init__(self, mailbox: Mailbox, keeper: Keeper, clock: Clock) -> None:
        self._mailbox = mailbox
        self._keeper = keeper
        self._clock = clock
        self._keys: deque[Letter] = deque()
        self._must_look = False
        self._has_news = False
        self._obeyed = 0  # number of the last letter that was
        self._given = 0  # number of the last letter that was given out

    def ask(self, command: str, argument: str) -> None:
        """Add a request of this process; may be called from another thread."""
        self._keys.append(Letter(FROM_A_KEY, self._clock.now(), command, argument))

    def take(self) -> list[Letter]:
        """Return what is asked for since the last call."""
        pressed = [self._keys.popleft() for _ in range(len(self._keys))]
        letters = sorted(pressed + self._posted(), key=lambda letter: letter.at)
        self._given = max([self._given, *(letter.number for letter in letters)])
        return letters

    def has_another(self, command: str) -> bool:
        """Return whether others asked for *command* since `take`; gives nothing out."""
        try:
            letters = self._mailbox.take()
        except WorklogError:
            return False  # looked for again in a moment
        return any(letter.command == command and letter.number > self._given for letter in letters)

    def has_news(self) -> bool:
        """Return whether others wrote anything into the cache since this was asked last."""
        has_news, self._has_news = self._has_news, False
        return has_news

    def forget(self, letter: Letter) -> None:
        """Take *letter* out of the mailbox once what it asked for is kept."""
        if letter.number == FROM_A_KEY:
            return
        self._obeyed = letter.number
        self._keeper.put(lambda: self._mailbox.remove(letter.number))

    def drop_what_is_left_over(self) -> None:
        """Forget what was asked of a tracker that is gone."""
        for letter in self._posted():
            self.forget(letter)

    def begin_anew(self) -> None:
        """Expect letters to be numbered from the beginning, in a mailbox that was made anew."""
        self._obeyed = self._given = 0

    def _posted(self) -> list[Letter]:
        """Return the letters that are new; a busy cache is asked again at the next tick."""
        try:
            has_changed = self._mailbox.has_changed()
            self._must_look |= has_changed
            self._has_news |= has_changed
            if not self._must_look:
                return []
            letters = [letter for letter in self._mailbox.take() if letter.number > self._obeyed]
        except WorklogError:
            return []
        self._must_look = False
        return letters
