"""What several studies found together: their published results, and the page that answers from all of them."""
