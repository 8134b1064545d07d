"""Folders of pictures -> a dataset that the Hub shows and the trainer reads."""
