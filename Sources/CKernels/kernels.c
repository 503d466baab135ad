// The loops.
