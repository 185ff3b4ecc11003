# Two CSV files with the same header, the true answers and the noisy ones, joined on the first column: every noisy value
# with the truth and the relative error behind it.
BEGIN { FS = "," }
function beside(noisy, truth) {
    if (truth == "") return sprintf("%s (not in the data)", noisy)
    if (truth + 0 == 0) return sprintf("%s (truth %s)", noisy, truth)
    return sprintf("%s (truth %s, %+.1f %%)", noisy, truth, 100 * (noisy - truth) / truth)
}
FNR == NR { for (i = 2; i <= NF; i++) value[$1, i] = $i; if (FNR > 1) total++; next }
{
    line = sprintf("%-14s", $1)
    for (i = 2; i <= NF; i++)
        line = line sprintf(" %-42s", FNR == 1 ? $i : beside($i, value[$1, i]))
    sub(/ +$/, "", line)
    print line
    if (FNR > 1) shown++
}
END { if (shown < total) printf "(%d of %d groups shown: the others have too few patients to appear)\n", shown, total }
