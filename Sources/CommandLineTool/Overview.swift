import ArgumentParsing
import Tensors

/// The help of the program as a whole.
enum Overview {
  static let exitCodes = """
    Exit codes: 0 done, 1 run-time failure, 2 wrong usage, 3 data or checkpoint missing or bad,
      4 training diverged, 130 interrupted (Ctrl-C), 143 terminated.
    """

  static func text(_ commands: [any Command.Type]) -> String {
    let head = """
      tapegrad: convolutional networks on the CPU, trained, checked and used.

      Usage: tapegrad COMMAND [options]

      Commands:
      """
    let tail = """
      'tapegrad COMMAND --help' explains a command and its options.

      Examples:
        tapegrad train unet
            a U-Net on generated membranes: no data needed, about a minute on two cores
        tapegrad train resnet20 --dataset fashion-mnist --epochs 10 --seed 1
            ResNet-20 on pictures of clothes
        tapegrad predict --checkpoint runs/unet-membranes-seed1/best.safetensors \\
            --input images --output masks
            probability maps and masks for a folder of PNG files

      Environment:
      \(Help.table(Environment.help).joined(separator: "\n"))

      \(exitCodes)
      """
    let table = Help.table(commands.map { ($0.name, $0.syntax.summary) })
    return ([head] + table + ["", tail]).joined(separator: "\n")
  }
}
