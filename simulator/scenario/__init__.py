"""What a scenario may say, and how a file becomes one."""
