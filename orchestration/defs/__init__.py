"""One folder per system and layer, autoloaded: adding a system is adding a folder."""
