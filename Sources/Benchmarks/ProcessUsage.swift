import Foundation

/// What the system says of this process.
enum ProcessUsage {
  /// Pages that were touched for the first time since the start, without reading a file.
  static var pageFaults: Int { usage.ru_minflt }

  /// The largest resident size so far, in MB of 2^20 bytes.
  ///
  /// On Linux the mark of the address space: what `getrusage` says would count the program that
  /// started this one.
  static var peakMegabytes: Double {
    #if os(Linux)
      let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
      let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
      let fields = line?.split(whereSeparator: { $0 == " " || $0 == "\t" }) ?? []
      if fields.count > 1, let kilobytes = Double(fields[1]) { return kilobytes / 1024 }
      return Double(usage.ru_maxrss) / 1024
    #else
      return Double(usage.ru_maxrss) / (1024 * 1024)
    #endif
  }

  /// Milliseconds since the system started this process; nil where it does not say. Linux says it
  /// to a hundredth of a second.
  static var age: Double? {
    #if os(Linux)
      guard let stat = try? String(contentsOfFile: "/proc/self/stat", encoding: .utf8),
        let end = stat.lastIndex(of: ")")
      else { return nil }
      // The program's name may hold spaces; field 22 is the twentieth after it.
      let fields = stat[stat.index(after: end)...].split(separator: " ")
      guard fields.count > 19, let ticks = Double(fields[19]) else { return nil }
      var now = timespec()
      clock_gettime(CLOCK_BOOTTIME, &now)
      let seconds = Double(now.tv_sec) + Double(now.tv_nsec) * 1e-9
      return (seconds - ticks / Double(sysconf(Int32(_SC_CLK_TCK)))) * 1e3
    #else
      var information = kinfo_proc()
      var size = MemoryLayout<kinfo_proc>.stride
      var name: [Int32] = [CTL_KERN, KERN_PROC, KERN_PROC_PID, getpid()]
      guard sysctl(&name, 4, &information, &size, nil, 0) == 0 else { return nil }
      let start = information.kp_proc.p_starttime
      var now = timeval()
      gettimeofday(&now, nil)
      return Double(now.tv_sec - start.tv_sec) * 1e3
        + Double(now.tv_usec - start.tv_usec) * 1e-3
    #endif
  }

  private static var usage: rusage {
    var usage = rusage()
    #if canImport(Glibc)
      getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    #else
      getrusage(RUSAGE_SELF, &usage)
    #endif
    return usage
  }
}
