"""Who lives where under which name: places, households, people, names, the tax roll."""
