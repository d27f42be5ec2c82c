"""Reviewing, without a terminal in sight: a session, its queue, and what is seen of an item."""

from curator.review.items import Desk, Papers, ReviewItem, Unsaved
from curator.review.pace import Pace
from curator.review.session import Session, open_session

__all__ = ["Desk", "Pace", "Papers", "ReviewItem", "Session", "Unsaved", "open_session"]
