// Stands in for the x86 header of that name, which looks for its 32-bit half when it is read for Arm.
