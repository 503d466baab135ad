import Kernels

/// Stops the program because of a mistake in it: a shape, dtype, rank or size that cannot be.
///
/// The message names the place in the model (when a module is being called), the operation, what it
/// requires and what came. Faults of the outside world (files, data, arguments) are thrown instead.
public func fail(_ operation: String, _ message: String) -> Never {
  var place = CallFrame.current?.pathDescription ?? operation
  // A module that stops of its own accord is named once.
  if place != operation, !place.hasSuffix("(\(operation))") { place += ": \(operation)" }
  Failure.handler.current("\(place): \(message)")
}

/// One call of a module in progress; frames link to their callers.
///
/// The engine needs no more than a description of the place; `Layers` knows modules and supplies it.
package final class CallFrame: Sendable {
  /// The module being called.
  package let subject: any Sendable
  package let caller: CallFrame?
  private let describe: @Sendable (CallFrame) -> String

  package init(
    _ subject: any Sendable, caller: CallFrame?,
    describe: @escaping @Sendable (CallFrame) -> String
  ) {
    self.subject = subject
    self.caller = caller
    self.describe = describe
  }

  /// The path of the module in its model, such as `UNet.decoder.2.conv1 (Conv2D)`.
  package var pathDescription: String { describe(self) }

  @TaskLocal package static var current: CallFrame?
}
