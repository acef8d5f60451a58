"""Fixtures of ingest: two hospitals, and a way to feed their messages in."""

import pytest
from ingest_feed import Feed, register, translate

from conformance.validator import Validator
from consent.labels import labels_for
from gateway.ingest.pipeline import Pipeline
from gateway.translator import Translator


@pytest.fixture
def pipeline():
    return Pipeline(translate, Validator().valid, labels_for)


@pytest.fixture
def hospital(store):
    """A store in which two hospitals are registered."""
    register(store, "tjh", "TJH01")
    register(store, "bjh", "BJH01")
    return store


@pytest.fixture
def feed(hospital, pipeline):
    return Feed(hospital, pipeline)


@pytest.fixture
def tjh(store):
    """The feed of a hospital, translated by the tables; R4 allows every version that it stored."""
    translator = Translator()
    register(store, "tjh", "TJH01")
    feed = Feed(store, Pipeline(translator.of_feed, translator.valid, labels_for))
    yield feed
    assert [each for each in feed.versions() if not translator.valid(each)] == []
