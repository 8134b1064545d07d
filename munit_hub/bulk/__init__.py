"""Translating what is too much for one call: folders of pictures, clips, whole datasets."""
