#pragma once
// What the machine can do at best, for the shares that benchmarks quote: loops that do nothing but
// multiply and add, or read and write. They use the widest vectors the processor has, whatever
// TAPEGRAD_ISA says: a share of the peak is a share of the machine's.

/// Runs a loop of fused multiply-adds in registers and returns how many float32 operations
/// (2 for each multiply-add) it did. `rounds` times some thousand.
double tg_peak_float_operations(long rounds);

/// a[i] = b[i] + s c[i], float32: reads two arrays and writes one.
void tg_peak_triad(float *a, const float *b, const float *c, float s, long count);
