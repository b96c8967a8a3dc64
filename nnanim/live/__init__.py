"""``nnanim live``: a scene in the browser whose numbers are computed anew whenever a control is changed.

A `LiveFilm` turns the state of the controls into what is seen, by the scene's own model and story; a worker
thread does so for the newest state; the server tells every open page.
"""
