"""The pages, one module each: what it shows, and what its forms do.

A page reads through a scope of whoever looks, hands plain values to its template, and
answers each form with a redirect, so that going back never sends anything twice.
"""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter

from worklog.service.pages import (
    accounts,
    activity,
    changing,
    contracts,
    device,
    devices,
    diary,
    disputes,
    entering,
    erasing,
    feedback,
    first,
    joining,
    people,
    pictures,
    review,
    settings,
    timesheet,
)

ROUTERS: Final[tuple[APIRouter, ...]] = (
    first.router,
    diary.router,
    changing.router,
    pictures.router,
    timesheet.router,
    contracts.router,
    entering.router,
    joining.router,
    device.router,
    devices.router,
    settings.router,
    erasing.router,
    accounts.router,  # before the organisations, whose addresses are ids
    people.router,
    activity.router,
    feedback.router,
    review.router,
    disputes.router,
)
