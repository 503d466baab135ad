// Stands in for the x86 header of that name, which takes every other architecture for 32 bits.
#define __WORDSIZE 64
