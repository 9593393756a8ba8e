"""Addresses of open data and of what machines look for."""

from django.urls import URLPattern, path

from torget.opendata.views import catalogue, machines

app_name = "opendata"
urlpatterns: list[URLPattern] = [
    path("oppna-data/", catalogue.page, name="page"),
    path("oppna-data/dcat.rdf", catalogue.dcat, name="dcat"),
    path("oppna-data/<slug:code>.json", catalogue.columns, name="columns"),
    path("flode.atom", catalogue.feed, name="feed"),
    path("stangda-dagar.ics", catalogue.closed_days, name="calendar"),
    path("robots.txt", machines.robots, name="robots"),
    path("sitemap.xml", machines.sitemap, name="sitemap"),
    path("sitemap/<slug:kind>-<int:part>.xml", machines.sitemap_part, name="sitemap_part"),
    path(".well-known/security.txt", machines.security, name="security"),
    path("oembed", machines.oembed, name="oembed"),
]
