// One dtype's vectors of which only the first elements are in memory. After the vector types of
// TileLoops.h. TG_MASKED is what the intrinsics of this dtype end in.

#if TG_VECTOR_BYTES == 64
TG_INLINE V TG_TYPED(load_part)(const T *from, long count) {
  return (V)TG_JOIN(_mm512_maskz_loadu, TG_MASKED)((1u << count) - 1, from);
}

TG_INLINE void TG_TYPED(store_part)(T *to, V value, long count) {
  TG_JOIN(_mm512_mask_storeu, TG_MASKED)(to, (1u << count) - 1, value);
}
#elif TG_VECTOR_BYTES == 32
/// All bits in the elements below `count`.
TG_INLINE __m256i TG_TYPED(first_elements)(long count) {
  V index;
  UNROLL for (int i = 0; i < LANES; i++) { index[i] = (T)i; }
  return (__m256i)(index < TG_TYPED(spread)((T)count));
}

TG_INLINE V TG_TYPED(load_part)(const T *from, long count) {
  return (V)TG_JOIN(_mm256_maskload, TG_MASKED)(from, TG_TYPED(first_elements)(count));
}

TG_INLINE void TG_TYPED(store_part)(T *to, V value, long count) {
  TG_JOIN(_mm256_maskstore, TG_MASKED)(to, TG_TYPED(first_elements)(count), value);
}
#else
TG_INLINE V TG_TYPED(load_part)(const T *from, long count) {
  V value = {0};
  UNROLL for (int i = 0; i < LANES; i++) {
    if (i < count) { value[i] = from[i]; }
  }
  return value;
}

TG_INLINE void TG_TYPED(store_part)(T *to, V value, long count) {
  UNROLL for (int i = 0; i < LANES; i++) {
    if (i < count) { to[i] = value[i]; }
  }
}
#endif
