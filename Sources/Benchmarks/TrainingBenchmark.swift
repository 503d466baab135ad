import Foundation
import Kernels
import TapeGrad

/// Times one workload's training step.
struct TrainingBenchmark {
  struct Options {
    var workload = Workload.resnet20
    var threads = 2
    /// How long to measure after warming up; at least seven steps.
    var seconds = 3.0
    var json = false
  }

  let options: Options

  init(_ options: Options) { self.options = options }

  func run() {
    Threads.count = options.threads
    let step = options.workload.make()
    var optimizer = SGD(step.model, learningRate: 1e-3, momentum: 0.9)
    func once() -> Double {
      let (loss, gradients) = valueAndGradient(of: step.model) {
        step.loss(step.model(step.images))
      }
      optimizer.update(with: gradients)
      return loss.item
    }
    for _ in 0..<4 { _ = once() }

    let clock = ContinuousClock()
    let faults = Usage.now.pageFaults
    var times: [Double] = []
    var total = 0.0
    while times.count < 7 || (total < options.seconds && times.count < 3000) {
      let elapsed = clock.measure { _ = once() }
      let seconds =
        Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) * 1e-18
      times.append(seconds)
      total += seconds
    }
    report(times.sorted(), faults: (Usage.now.pageFaults - faults) / times.count, step)
  }

  private func report(_ times: [Double], faults: Int, _ step: Workload.Step) {
    let median = times[times.count / 2]
    let images = Double(step.images.shape[0]) / median
    let peak = Usage.now.peakMegabytes
    if options.json {
      print(
        String(
          format: "{\"workload\": \"%@\", \"threads\": %d, \"median_ms\": %.3f, \"min_ms\": %.3f, "
            + "\"images_per_second\": %.1f, \"peak_rss_mb\": %d, \"page_faults_per_step\": %d, "
            + "\"steps\": %d}",
          options.workload.rawValue, options.threads, median * 1e3, times[0] * 1e3, images, peak,
          faults, times.count))
    } else {
      print(
        String(
          format: "%@, %d threads: %.1f ms a step (fastest %.1f, %d steps), %.0f images/s, "
            + "peak %d MB, %d page faults a step", options.workload.rawValue, options.threads,
          median * 1e3, times[0] * 1e3, times.count, images, peak, faults))
    }
  }
}

/// What the system says of this process.
private struct Usage {
  let pageFaults: Int
  let peakMegabytes: Int

  static var now: Usage {
    var usage = rusage()
    #if canImport(Glibc)
      getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
      return Usage(pageFaults: usage.ru_minflt, peakMegabytes: usage.ru_maxrss / 1024)
    #else
      getrusage(RUSAGE_SELF, &usage)
      return Usage(pageFaults: usage.ru_minflt, peakMegabytes: usage.ru_maxrss / (1024 * 1024))
    #endif
  }
}
