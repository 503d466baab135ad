#pragma once

/// How many processors a container's quota of CPU time is worth, rounded up; 0 where there is none.
///
/// - Parameter folder: where the control groups are: `/sys/fs/cgroup`. Of version 2, `cpu.max` in it;
///   of version 1, `cpu.cfs_quota_us` and `cpu.cfs_period_us` in `cpu` below.
long tg_quota_processors(const char *folder);

/// The core of a processor: the lowest number among the processors that share it, or its own where the
/// system does not say.
///
/// - Parameter folder: `/sys/devices/system/cpu`.
int tg_core_of(const char *folder, int processor);

/// Chooses processors for workers: those after the caller's, in turn, one of each core before a core has
/// two.
///
/// - Parameter cores: the core of each processor, or -1: it must not be used.
/// - Parameter places: as many as there are workers; none is used twice while there are enough.
void tg_choose_places(const int *cores, int processors, int caller, int *places, long workers);
