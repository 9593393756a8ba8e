"""Tests of posts: rules as tables, actions against a stand-in channel, pages through their addresses."""
