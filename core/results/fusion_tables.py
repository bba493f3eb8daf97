"""Reports of fusion experiments as text: for a terminal, and as the tables of the documents."""

from collections.abc import Iterable

from core.results.fusion_reports import FUSED, Comparison, FusionReport


def report_text(report: FusionReport) -> str:
    """The report as lines for a terminal."""
    where = f"{report.split}{f', split seeds {_listed(report.split_seeds)}' if report.split_seeds else ''}"
    lines = [
        f"fusion {report.recipe} on {where}, n = {report.n}, training seeds {_listed(report.seeds)} ({report.data})"
    ]
    for each in report.systems:
        lines.append(
            f"  {each.system:<16}{each.accuracy:7.1%} ({each.accuracy_low:.1%} to {each.accuracy_high:.1%}), "
            f"log loss {each.log_loss:.3f}  {each.description}"
        )
    for pair in report.comparisons:
        interval = pair.accuracy.interval
        lines.append(
            f"  {pair.first} - {pair.second}: {100 * pair.accuracy.difference:+.1f} points "
            f"({100 * interval.low:+.1f} to {100 * interval.high:+.1f}), McNemar p = {pair.averaged.p_value:.3g}"
        )
    return "\n".join(lines)


def fusion_results_markdown(reports: Iterable[FusionReport]) -> str:
    """Every system of every report as a markdown table, and how the fused one differs from it; "" for none."""
    reports = tuple(reports)
    if not reports:
        return ""
    head = (
        "| fusion recipe | split | system | n | heads | accuracy | 95 % CI (Wilson) | log loss "
        "| fused − this system, points | 95 % CI (bootstrap) | p (McNemar) |"
    )
    lines = [line for report in reports for line in _markdown_rows(report)]
    return "\n".join([head, f"|{'---|' * 11}", *lines])


def _markdown_rows(report: FusionReport) -> list[str]:
    seeds = f", split seeds {_listed(report.split_seeds)}" if report.split_seeds else ""
    where = f"{report.split}{seeds}{', all folds' if report.split == 'artist_folds' else ''}"
    rows = []
    for each in report.systems:
        cells = [
            f"`{report.recipe}`{f', tempi of `{report.saved_tempi}`' if report.saved_tempi else ''}",
            where,
            each.system,
            str(each.n),
            str(each.n_runs),
            f"{100 * each.accuracy:.1f} %",
            f"{100 * each.accuracy_low:.1f} to {100 * each.accuracy_high:.1f} %",
            f"{each.log_loss:.3f}",
            *_pair_cells(report.pair(FUSED, each.system)),
        ]
        rows.append(f"| {' | '.join(cells)} |")
    return rows


def _pair_cells(pair: Comparison | None) -> tuple[str, str, str]:
    if pair is None:
        return ("", "", "")
    gain = pair.accuracy
    interval = f"{100 * gain.interval.low:+.1f} to {100 * gain.interval.high:+.1f}"
    return (f"{100 * gain.difference:+.1f}", interval, f"{pair.averaged.p_value:.3g}")


def _listed(numbers: Iterable[int]) -> str:
    return ", ".join(map(str, numbers))
