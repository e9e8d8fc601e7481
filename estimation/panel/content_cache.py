"""Point estimates kept by the content of what they are made from.

A comparison of two releases re-estimates a table on many mixtures of the two, and most of its samples
are the same in many mixtures. While the cache is on, a marked function is computed once for each content
of its arguments. No number depends on it: equal content gives the equal result.
"""

from __future__ import annotations

import copy
import hashlib
import pickle
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import numpy as np
import pandas as pd

P = ParamSpec("P")
R = TypeVar("R")
PLAIN = frozenset({str, int, float, bool, type(None)})
"""Types whose values tell themselves whole in a list's text."""
KEPT = 4096
"""Results kept; the least recently used go first."""
_on: ContextVar[bool] = ContextVar("content_cache_on", default=False)
_results: OrderedDict[bytes, tuple[bool, Any]] = OrderedDict()


@contextmanager
def content_cache() -> Iterator[None]:
    """Keep the results of marked functions while inside; they outlive the block, for the next one."""
    token = _on.set(True)
    try:
        yield
    finally:
        _on.reset(token)


def by_content(function: Callable[P, R]) -> Callable[P, R]:
    """Mark a function whose result depends on the content of its arguments alone.

    A refusal, which is an exception, is kept as a result is. Callers get a shallow copy.
    """
    name = f"{function.__module__}.{function.__qualname__}"

    @wraps(function)
    def compute_once(*args: P.args, **kwargs: P.kwargs) -> R:
        if not is_on():
            return function(*args, **kwargs)
        return keep((name, args, kwargs), lambda: function(*args, **kwargs))

    return compute_once


def is_on() -> bool:
    """Whether results are kept now."""
    return _on.get()


def keep(content: Any, compute: Callable[[], R]) -> R:
    """The result that belongs to some content: computed if it is not among those kept."""
    if not is_on():
        return compute()
    key = content_key(content)
    if key in _results:
        _results.move_to_end(key)
    else:
        try:
            _results[key] = (True, compute())
        except Exception as refusal:
            _results[key] = (False, refusal)
        if len(_results) > KEPT:
            _results.popitem(last=False)
    good, outcome = _results[key]
    if not good:
        raise outcome.with_traceback(None)
    result: R = copy.copy(outcome)
    return result


def content_key(value: Any) -> bytes:
    """Hash of a value's content: of frames and arrays their bytes, of the rest what pickle writes."""
    digest = hashlib.blake2b(digest_size=20)
    _feed(digest, value)
    return digest.digest()


def _feed(digest: Any, value: Any) -> None:
    if type(value) in PLAIN:
        digest.update(f"{type(value).__name__}{value!r};".encode())
    elif isinstance(value, pd.DataFrame):
        digest.update(b"frame")
        _feed(digest, value.columns)
        _feed(digest, value.index)
        types = value.dtypes.tolist()
        for dtype in dict.fromkeys(types):
            alone = types.count(dtype) == len(types)
            part = value if alone else value.loc[:, [other == dtype for other in types]]
            _feed(digest, part.to_numpy())
    elif isinstance(value, pd.Series):
        digest.update(b"series")
        _feed(digest, (value.name, value.index))
        _feed(digest, value.to_numpy())
    elif isinstance(value, pd.MultiIndex):
        digest.update(b"index")
        _feed(digest, list(value.names))
        for level, codes in zip(value.levels, value.codes, strict=True):
            _feed(digest, level)
            _feed(digest, np.asarray(codes))
    elif isinstance(value, pd.Index):
        _feed(digest, (value.name, value.to_numpy()))
    elif isinstance(value, np.ndarray) and value.dtype != object:
        digest.update(f"{value.dtype.str}{value.shape}".encode())
        digest.update(np.ascontiguousarray(value).tobytes())
    elif isinstance(value, np.ndarray):
        _feed(digest, value.tolist())
    elif isinstance(value, Mapping):
        digest.update(f"mapping{len(value)}".encode())
        for pair in value.items():
            _feed(digest, pair)
    elif isinstance(value, list | tuple) and PLAIN.issuperset(map(type, value)):
        digest.update(f"plain{[*value]}".encode())  # all at once
    elif isinstance(value, list | tuple):
        digest.update(f"sequence{len(value)}".encode())
        for part in value:
            _feed(digest, part)
    else:
        digest.update(type(value).__qualname__.encode())
        digest.update(pickle.dumps(value))
