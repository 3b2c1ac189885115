"""From a list of cameras to a folder with the learned scene: a study is written, run, and its best model handed over."""
