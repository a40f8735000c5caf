"""Policies: what is wider waits for a yes, what is narrower holds at once (R30)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from worklog.domain.contract import Policy, Screenshots
from worklog.domain.widening import is_wider, narrowed

policies = st.builds(
    Policy,
    version=st.integers(1, 9),
    screenshots=st.sampled_from(list(Screenshots)),
    titles=st.booleans(),
    pixelate=st.sampled_from([0, 4, 8]),
)


@given(policies, policies)
def test_r30_what_is_narrowed_is_never_wider_than_either(offered: Policy, accepted: Policy) -> None:
    found = narrowed(offered, accepted)

    assert not is_wider(found, accepted)
    assert not is_wider(found, offered)
    assert found.version == accepted.version


@given(policies)
def test_no_policy_is_wider_than_itself(policy: Policy) -> None:
    assert not is_wider(policy, policy)
    assert narrowed(policy, policy) == policy


def test_each_thing_that_is_recorded_more_is_wider() -> None:
    blurred = Policy(screenshots=Screenshots.OPTIONAL, titles=False, pixelate=16)

    assert is_wider(Policy(screenshots=Screenshots.REQUIRED, titles=False, pixelate=16), blurred)
    assert is_wider(Policy(screenshots=Screenshots.OPTIONAL, titles=True, pixelate=16), blurred)
    assert is_wider(Policy(screenshots=Screenshots.OPTIONAL, titles=False, pixelate=8), blurred)
    assert is_wider(Policy(screenshots=Screenshots.OPTIONAL, titles=False), blurred)
    assert not is_wider(Policy(screenshots=Screenshots.FORBIDDEN, titles=False), blurred)
    assert not is_wider(
        Policy(screenshots=Screenshots.OPTIONAL, titles=False, pixelate=32), blurred
    )
