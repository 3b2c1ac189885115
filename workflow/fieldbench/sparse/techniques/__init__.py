"""Mathematics of the document's techniques that no network and no other training has; see `sparse.versions.TECHNIQUES`."""
