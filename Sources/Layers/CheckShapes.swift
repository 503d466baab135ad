import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What `checkShapes` found: the message with which a real call would have stopped.
public struct ShapeError: Error, Hashable, CustomStringConvertible {
  public let message: String
  public var description: String { message }
}

/// Runs a model on an input of this shape without arithmetic, and throws what would stop it.
///
///     try checkShapes(model, input: [8, 28, 28, 1])
///
/// Returns the shape of the result. Shapes, dtypes and ranks are checked as in a real call, with the
/// same messages; nothing is computed, no running average moves and no random number is drawn. A model
/// that reads a value (with `item`, say) cannot be checked this way: that is an error which says so.
/// Costs a thread and the calls, tens of microseconds for a small model.
@discardableResult
public func checkShapes(
  _ model: some Layer, input: Shape, dtype: DType? = nil
) throws(ShapeError) -> Shape {
  let dtype = dtype ?? Surroundings.current.defaultDType
  return try checkShapes { model(absentTensor(input, dtype)) }
}

/// The same for any computation: a module with several inputs, a model and its loss.
///
/// Make inputs inside with `Tensor.zeros(shape)`, which costs nothing here.
@discardableResult
public func checkShapes(
  _ computation: @escaping @Sendable () -> Tensor
) throws(ShapeError) -> Shape {
  let check = ShapeCheck(computation)
  check.run()
  switch check.outcome {
  case .success(let shape): return shape
  case .failure(let error): throw error
  }
}

/// One run on a thread of its own: a stop is `-> Never`, so only ending the thread can catch it.
private final class ShapeCheck: @unchecked Sendable {
  // The caller reads `outcome` after the thread has been joined; nobody else touches it.
  private(set) var outcome: Result<Shape, ShapeError>
  private let body: @Sendable () -> Shape

  init(_ computation: @escaping @Sendable () -> Tensor) {
    outcome = .failure(ShapeError(message: "checkShapes: the check did not run"))
    // Task-locals do not cross to a new thread: what the computation sees of them is carried over.
    let defaultDType = Surroundings.current.defaultDType
    let frame = CallFrame.current
    let mode = Mode.current
    let source = RandomSource.current
    body = {
      withDefaultDType(defaultDType) {
        withRandomSource(source) {
          withMode(mode) {
            CallFrame.$current.withValue(frame) {
              withoutArithmetic { computation().shape }
            }
          }
        }
      }
    }
  }

  func run() {
    let argument = Unmanaged.passRetained(self)
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    // Secondary threads of Darwin have half a megabyte, too little for a deep model.
    pthread_attr_setstacksize(&attributes, 16 << 20)
    #if canImport(Darwin)
      var thread: pthread_t?
      let code = pthread_create(&thread, &attributes, { ShapeCheck.main($0) }, argument.toOpaque())
    #else
      var thread = pthread_t()
      let code = pthread_create(
        &thread, &attributes, { ShapeCheck.main($0!) }, argument.toOpaque())
    #endif
    pthread_attr_destroy(&attributes)
    if code == 0 {
      #if canImport(Darwin)
        if let thread { pthread_join(thread, nil) }
      #else
        pthread_join(thread, nil)
      #endif
    } else {
      outcome = .failure(
        ShapeError(message: "checkShapes: the system gave no thread (error \(code))"))
    }
    argument.release()
  }

  private static func main(_ argument: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
    let check = Unmanaged<ShapeCheck>.fromOpaque(argument)
    let handler = Failure.Handler { message in
      // The frames of the computation end here: what they hold is not released, once a mistake.
      check.takeUnretainedValue().outcome = .failure(ShapeError(message: message))
      pthread_exit(nil)
    }
    Failure.$handler.withValue(handler) {
      let check = check.takeUnretainedValue()
      check.outcome = .success(check.body())
    }
    return nil
  }
}
