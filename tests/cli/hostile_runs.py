"""A process that gives specs to every command, and tells what became of each and what it took."""

from __future__ import annotations

RUN = """if True:
    import json, os, resource, sys, time
    import archspec.lint, archspec.reports, archspec.resolver, archspec.lint.unused
    from archspec.cli import app, diff, draw, main, resolve, schema, summary, validate

    started = time.process_time()

    def run(*arguments):
        child = os.fork()
        if child == 0:
            # a program that goes on is ended by the system, and one that needs a gigabyte fails
            resource.setrlimit(resource.RLIMIT_CPU, (5, 5))
            resource.setrlimit(resource.RLIMIT_AS, (2**30, 2**30))
            for stream, name in ((1, "out"), (2, "err")):
                os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), stream)
            try:
                main(arguments)
            except SystemExit as end:
                sys.stdout.flush()
                os._exit(end.code or 0)
            os._exit(99)
        _, status, used = os.wait4(child, 0)
        seconds = started + used.ru_utime + used.ru_stime
        return os.waitstatus_to_exitcode(status), seconds, used.ru_maxrss, open("err").read()

    for line in sys.stdin:
        path = line.strip()
        runs = {"validate": run("validate", "--format", "json", path)}
        output = open("out").read()
        if runs["validate"][0] == 0:
            runs |= {name: run(name, path) for name in ("summary", "draw", "resolve")}
            runs |= {"diff": run("diff", path, path), "schema": run("schema", "--check", path)}
        print(json.dumps({**runs, "output": output}), flush=True)
"""
