"""What is generated beside the C: a main that calls every function, and the lines for CMake."""

from __future__ import annotations

from .c import Call, File, Port
from .targets import FLAGS, Target

STEPS = 10  # calls of each function


def main_c(file: File) -> str:
    """A program that calls each function some times on made-up inputs and prints what comes out."""
    buffers = "\n".join(
        f"static {p.type} {call.name}_{p.name}[{max(1, p.size)}];"
        for call in file.calls
        for p in [*call.inputs, *call.outputs]
    )
    load = "" if file.inside or not file.state else _load(file)
    body = "".join(_called(file, call) for call in file.calls)
    helpers = LOAD_HELPER.format(n=file.name, N=file.name.upper()) if load else ""
    check = CHECK_CODE if any(c.checks for c in file.calls) else CHECK
    return f"""\
/* Calls every function of {file.name} on made-up inputs. Put your own data there. */
#include <stdio.h>

#include "{file.name}.h"

{buffers}
{helpers}{check.format(n=file.name)}
int main(int count, char **arguments) {{
  (void)count, (void)arguments;
{load}{body}  return 0;
}}
"""


CHECK_CODE = """
static int failed(const char *what, int code) {{
  if (code) fprintf(stderr, "%s: %s\\n", what, {n}_message(code));
  return code;
}}
"""
CHECK = """
static int failed(const char *what, int code) {{
  if (code) fprintf(stderr, "%s: %d\\n", what, code);
  return code;
}}
"""
LOAD_HELPER = """
static int loaded(const char *path) {{
  static char bytes[{N}_STATE];
  FILE *f = fopen(path, "rb");
  size_t n = f ? fread(bytes, 1, sizeof bytes, f) : 0;
  if (f) fclose(f);
  if ({n}_load(bytes, n)) {{
    fprintf(stderr, "%s does not hold the weights of {n}\\n", path);
    return 0;
  }}
  return 1;
}}
"""


def _load(file: File) -> str:
    return f'  if (!loaded(count > 1 ? arguments[1] : "{file.name}.weights")) return 1;\n'


def _called(file: File, call: Call) -> str:
    """The lines that fill the inputs of a function, call it and print."""
    filled = "".join(_filled(call, port) for port in call.inputs)
    given = [f"{call.name}_{p.name}" if p.shape else f"{call.name}_{p.name}[0]" for p in call.inputs]
    made = [f"{call.name}_{p.name}" for p in call.outputs]
    word = f"{file.name}_{call.name}"
    printed = "".join(_printed(call, port) for port in call.outputs)
    return f"""\
{filled}  for (int i = 0; i < {STEPS}; i++)
    if (failed("{call.name}", {word}({", ".join([*given, *made])}))) return 1;
{printed}"""


def _filled(call: Call, port: Port) -> str:
    place = f"{call.name}_{port.name}"
    if port.dtype.kind == "f":
        value = "0.01" if not port.shape else "(i * 37 % 101) / 101.0"
        return f"  for (int i = 0; i < {max(1, port.size)}; i++) {place}[i] = ({port.type})({value});\n"
    return f"  for (int i = 0; i < {max(1, port.size)}; i++) {place}[i] = ({port.type})(i % 2);\n"


def _printed(call: Call, port: Port) -> str:
    shown = min(port.size, 10)
    place, cast = f"{call.name}_{port.name}", "(double)"
    return f"""\
  printf("{call.name}: {port.name}");
  for (int i = 0; i < {shown}; i++) printf(" %.6g", {cast}{place}[i]);
  printf("\\n");
"""


def cmake(file: File, target: Target) -> str:
    """The lines that build the library and the example."""
    flags = " ".join(("-O2", *FLAGS, *target.flags))
    return f"""\
cmake_minimum_required(VERSION 3.10)
project({file.name} C)
set(CMAKE_C_STANDARD 99)

add_library({file.name} STATIC {file.name}.c)
target_include_directories({file.name} PUBLIC ${{CMAKE_CURRENT_SOURCE_DIR}})
separate_arguments({file.name}_flags UNIX_COMMAND "{flags}")
target_compile_options({file.name} PRIVATE ${{{file.name}_flags}})

add_executable({file.name}_example main.c)
target_link_libraries({file.name}_example {file.name})
"""
