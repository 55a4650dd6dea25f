"""Published against simulated: how well the population resembles the one it stands for."""
