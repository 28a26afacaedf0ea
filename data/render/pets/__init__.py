"""Cats and dogs of several breeds in rooms and gardens: solids, seen along rays."""
