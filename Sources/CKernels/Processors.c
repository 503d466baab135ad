// Which processors there are for this process, and which share a core.
#include "include/Processors.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

/// The first line of a file in a folder, or an empty one.
static const char *first_line(const char *folder, const char *name, char *line, int size) {
  char path[512];
  snprintf(path, sizeof(path), "%s/%s", folder, name);
  line[0] = 0;
  FILE *file = fopen(path, "r");
  if (file == NULL) { return line; }
  if (fgets(line, size, file) == NULL) { line[0] = 0; }
  fclose(file);
  return line;
}

/// Without a quota the first number is -1 or, in version 2, a word: no number above zero.
long tg_quota_processors(const char *folder) {
  char line[128];
  char *rest;
  long quota = strtol(first_line(folder, "cpu.max", line, sizeof(line)), &rest, 10);
  long period = strtol(rest, NULL, 10);
  if (line[0] == 0) {
    quota = strtol(first_line(folder, "cpu/cpu.cfs_quota_us", line, sizeof(line)), NULL, 10);
    period = strtol(first_line(folder, "cpu/cpu.cfs_period_us", line, sizeof(line)), NULL, 10);
  }
  return quota > 0 && period > 0 ? (quota - 1) / period + 1 : 0;
}

int tg_core_of(const char *folder, int processor) {
  char name[64];
  char line[128];
  snprintf(name, sizeof(name), "cpu%d/topology/thread_siblings_list", processor);
  char *rest;
  long first = strtol(first_line(folder, name, line, sizeof(line)), &rest, 10);
  return rest == line || first < 0 || first > processor ? processor : (int)first;
}

static bool is_taken(const int *cores, int core, int caller, const int *places, long count) {
  if (cores[caller] == core) { return true; }
  for (long i = 0; i < count; i++) {
    if (cores[places[i]] == core) { return true; }
  }
  return false;
}

void tg_choose_places(const int *cores, int processors, int caller, int *places, long workers) {
  long count = 0;
  for (int round = 0; round < 2; round++) {
    for (int step = 1; step < processors && count < workers; step++) {
      int processor = (caller + step) % processors;
      if (cores[processor] < 0) { continue; }
      bool chosen = false;
      for (long i = 0; i < count; i++) { chosen = chosen || places[i] == processor; }
      if (chosen || (round == 0 && is_taken(cores, cores[processor], caller, places, count))) {
        continue;
      }
      places[count++] = processor;
    }
  }
  while (count < workers) { places[count++] = caller; }
}
