;; Keeps records and makes contracts. After the two bytes that call a function, a letter says what to do:
;;   p count length   puts so many records (two bytes each), under four bytes that count them
;;   g key            returns a record
;;   w                returns the caller and the value that the constructor saw
;;   d value data     makes a contract of creation data; returns the status and its address
;;   m value data     the same, for its successor; then puts one more record
;;   c value of call  makes a contract of the code of another
;;   n value of call  the same, for its successor
;;   x heir           destroys itself; then puts one more record, and returns the status
;; The constructor reverts or panics where bytes follow its call.
(module
  (import "env" "platon_caller" (func $caller (param i32)))
  (import "env" "platon_call_value" (func $call_value (param i32) (result i32)))
  (import "env" "platon_get_state" (func $get_state (param i32 i32 i32 i32) (result i32)))
  (import "env" "platon_set_state" (func $set_state (param i32 i32 i32 i32)))
  (import "env" "platon_get_input_length" (func $input_length (result i32)))
  (import "env" "platon_get_input" (func $input (param i32)))
  (import "env" "platon_return" (func $return (param i32 i32)))
  (import "env" "platon_revert" (func $revert))
  (import "env" "platon_panic" (func $panic))
  (import "env" "platon_destroy" (func $destroy (param i32) (result i32)))
  (import "env" "platon_deploy" (func $deploy (param i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (import "env" "platon_migrate" (func $migrate (param i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (import "env" "platon_clone" (func $clone (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (import "env" "platon_clone_migrate"
    (func $clone_migrate (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 3)
  (data (i32.const 0) "w")
  (data (i32.const 1) "late")
  ;; 16: a key; 64: an answer; 1024: the input, the letter at 1026; 65536: a record
  (func $constructor (param $size i32)
    (call $caller (i32.const 64))
    (call $set_state (i32.const 0) (i32.const 1) (i32.const 64)
      (i32.add (i32.const 20) (call $call_value (i32.const 84))))
    (if (i32.gt_u (local.get $size) (i32.const 10)) (then
      (call $return (i32.const 1034) (i32.sub (local.get $size) (i32.const 10)))
      (if (i32.eq (i32.load8_u (i32.const 1034)) (i32.const 0x72)) (then (call $revert)))
      (call $panic))))
  (func $put (param $count i32) (param $length i32)
    (local $at i32)
    (memory.fill (i32.const 65536) (i32.const 1) (local.get $length))
    (loop $next
      (i32.store (i32.const 16) (local.get $at))
      (i32.store (i32.const 65536) (local.get $at))
      (call $set_state (i32.const 16) (i32.const 4) (i32.const 65536) (local.get $length))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $at) (local.get $count)))))
  (func $get (param $key i32) (param $length i32)
    (call $return (i32.const 65536)
      (call $get_state (local.get $key) (local.get $length) (i32.const 65536) (i32.const 65536))))
  (func $answer (param $status i32)
    (i32.store (i32.const 64) (local.get $status))
    (call $return (i32.const 64) (i32.const 24)))
  (func $late
    (call $set_state (i32.const 1) (i32.const 4) (i32.const 1) (i32.const 4)))
  (func (export "invoke")
    (local $size i32) (local $letter i32)
    (local.set $size (call $input_length))
    (call $input (i32.const 1024))
    (if (i32.eq (i32.load8_u (i32.const 1024)) (i32.const 0xc9)) (then
      (call $constructor (local.get $size))
      (return)))
    (local.set $letter (i32.load8_u (i32.const 1026)))
    (if (i32.eq (local.get $letter) (i32.const 0x70)) (then
      (call $put (i32.load16_u (i32.const 1027)) (i32.load16_u (i32.const 1029)))))
    (if (i32.eq (local.get $letter) (i32.const 0x67)) (then
      (call $get (i32.const 1027) (i32.sub (local.get $size) (i32.const 3)))))
    (if (i32.eq (local.get $letter) (i32.const 0x77)) (then
      (call $get (i32.const 0) (i32.const 1))))
    (if (i32.eq (local.get $letter) (i32.const 0x64)) (then
      (call $answer (call $deploy (i32.const 68) (i32.const 1028) (i32.sub (local.get $size) (i32.const 4))
        (i32.const 1027) (i32.const 1) (i32.const 0) (i32.const 0)))))
    (if (i32.eq (local.get $letter) (i32.const 0x6d)) (then
      (call $answer (call $migrate (i32.const 68) (i32.const 1028) (i32.sub (local.get $size) (i32.const 4))
        (i32.const 1027) (i32.const 1) (i32.const 0) (i32.const 0)))
      (call $late)))
    (if (i32.eq (local.get $letter) (i32.const 0x63)) (then
      (call $answer (call $clone (i32.const 1028) (i32.const 68) (i32.const 1048)
        (i32.sub (local.get $size) (i32.const 24))
        (i32.const 1027) (i32.const 1) (i32.const 0) (i32.const 0)))))
    (if (i32.eq (local.get $letter) (i32.const 0x6e)) (then
      (call $answer (call $clone_migrate (i32.const 1028) (i32.const 68) (i32.const 1048)
        (i32.sub (local.get $size) (i32.const 24))
        (i32.const 1027) (i32.const 1) (i32.const 0) (i32.const 0)))))
    (if (i32.eq (local.get $letter) (i32.const 0x78)) (then
      (call $answer (call $destroy (i32.const 1027)))
      (call $late)))))
