// As Float32.h, for float64.
#undef REAL
#undef VECTOR
#undef INTEGERS
#undef INTEGER
#undef LANES
#undef OF
#define REAL double
#define VECTOR VD
#define INTEGERS VL
#define INTEGER int64_t
#define LANES DOUBLE_LANES
#define OF(name) name##D
