"""Writers of other time trackers' files: the diary as stretches of work, to the second."""
