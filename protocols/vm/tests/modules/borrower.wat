;; Runs the code of the address in its input on its own storage.
(module
  (import "troupe" "input_copy" (func $input_copy (param i32 i32 i32)))
  (import "troupe" "call_delegate" (func $call_delegate (param i32 i64 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "main") (result i32)
    (call $input_copy (i32.const 0) (i32.const 0) (i32.const 20))
    (call $call_delegate (i32.const 0) (i64.const -1) (i32.const 0) (i32.const 0))))
