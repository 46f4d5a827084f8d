# What a browser makes of the pages and pictures of campaign (B18): nothing runs, nothing is fetched, every text can be read in
# the light and in the dark, and all that there is to reach can be reached by keyboard, on a phone too. Skipped where there is
# no Chromium, unless `make report-check` asked for it. DOT and the exposition of metrics are held against their own programs
# where these are there.
# Runs beside others.
use strict;
use warnings;

use CampaignBrowser;
use CampaignTest;
use IPC::Run ();
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node();
$node->safe_psql('postgres', 'CREATE EXTENSION campaign; SELECT campaign.virtual_time(true)');
$node->safe_psql('postgres', slurp_file('test/data/report.sql'));

my $folder = PostgreSQL::Test::Utils::tempdir();
my $shots = $ENV{CAMPAIGN_SHOTS};

# Writes what a function gives into a file; its path.
sub file_of
{
	my ($name, $call) = @_;
	my $text = $node->safe_psql('postgres', "SET campaign.now = '2026-03-28 12:00+00'; SELECT campaign.$call");
	open my $out, '>:raw', "$folder/$name" or die "$folder/$name: $!";
	print $out $text;
	close $out;
	return "$folder/$name";
}

my %page = (
	campaign => file_of('campaign.html', q{report_html(campaign.campaign_id('Spring outreach'))}),
	workspace => file_of('workspace.html', 'report_html()'),
	hostile => file_of('hostile.html', q{report_html((SELECT max(id) FROM campaign.campaign))}),
	picture => file_of('picture.svg', q{sequence_diagram('three_ways', 'svg')}),
);

# ---- DOT, by Graphviz where it is there -------------------------------------------------------------------

SKIP:
{
	skip 'no Graphviz', 2 if !grep { -x "$_/dot" } split /:/, $ENV{PATH};
	for my $sequence (q{sequence_diagram('three_ways', 'dot')}, q{sequence_diagram((SELECT max(id) FROM campaign.campaign), 'dot')})
	{
		my $dot = file_of('picture.dot', $sequence);
		my ($out, $error);
		ok(IPC::Run::run([ 'dot', '-Tsvg', $dot ], '>', \$out, '2>', \$error) && $error eq '' && $out !~ /<script/, "B18: Graphviz draws $sequence")
			or diag($error);
	}
}

# ---- the browser ---------------------------------------------------------------------------------------------

my $browser = CampaignBrowser->start;
if (!$browser)
{
	die "no Chromium: apt-get install chromium\n" if $ENV{CAMPAIGN_SHOTS};
	diag('skipped: there is no Chromium; see make report-check');
	done_testing();
	exit;
}

# Texts whose contrast with what is behind them is too small: 4.5, or 3 for large ones (WCAG 2.1, 1.4.3).
my $weak = <<'JS';
(() => {
	const parse = c => { const m = c.match(/[\d.]+/g).map(Number); return m.length < 4 ? [...m, 1] : m; };
	const light = c => { const [r, g, b] = c.map(v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
	const behind = e => {
		for (; e; e = e.parentElement)
		{
			if (e instanceof SVGElement)
			{
				const shape = e.localName === 'g' && e.querySelector(':scope > rect, :scope > path');
				const f = shape && getComputedStyle(shape).fill;
				if (f && f.startsWith('rgb')) return parse(f);
				if (e.localName === 'svg') { const paper = e.querySelector(':scope > rect'); if (paper) return parse(getComputedStyle(paper).fill); }
			}
			const c = parse(getComputedStyle(e).backgroundColor);
			if (c[3] === 1) return c;
		}
		return matchMedia('(prefers-color-scheme: dark)').matches ? [0, 0, 0, 1] : [255, 255, 255, 1];
	};
	const found = [];
	let n = 0;
	const walk = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
	while (walk.nextNode())
	{
		const e = walk.currentNode.parentElement;
		if (!walk.currentNode.data.trim() || ['style', 'title', 'desc', 'script'].includes(e.localName) || !e.getClientRects().length) continue;
		const s = getComputedStyle(e);
		const ink = light(parse(e instanceof SVGElement ? s.fill : s.color)), paper = light(behind(e));
		const ratio = (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
		n++;
		if (ratio < (parseFloat(s.fontSize) >= 24 ? 3 : 4.5)) found.push(e.localName + '.' + (e.className.baseVal ?? e.className) + ' ' + walk.currentNode.data.trim().slice(0, 20) + ' ' + ratio.toFixed(2));
	}
	return { n, found: [...new Set(found)] };
})()
JS

for my $name (sort keys %page)
{
	for my $how ([ light => 1280 ], [ dark => 1280 ], [ light => 390 ], [ dark => 390 ])
	{
		my ($scheme, $width) = @$how;
		$browser->show("file://$page{$name}", scheme => $scheme, width => $width, scale => $width < 600 ? 2 : 1);
		my $texts = $browser->value($weak);
		cmp_ok($texts->{n}, '>', 20, "B18: the page $name has texts, $scheme, $width pixels wide");
		is(join("\n", @{ $texts->{found} }), '', "and each has a contrast of 4.5 at least");
		next if $name eq 'picture';
		cmp_ok($browser->value('document.documentElement.scrollWidth'), '<=', $width, 'and it is no wider than the screen');
		$browser->picture("$shots/$name-$scheme-$width.png") if $shots;
	}
}

# Nothing runs and nothing is fetched: with what the page says to the browser, and without, since a name could come before.
open my $bare, '>:raw', "$folder/bare.html" or die;
print $bare slurp_file($page{hostile}) =~ s/<meta http-equiv[^>]*>//r;
close $bare;
for my $file ($page{hostile}, "$folder/bare.html")
{
	$browser->show("file://$file");
	is(join("\n", grep { $_ !~ /^data:,|^file:/ } $browser->requested), '', 'B18: nothing is fetched for hostile names');
	is(join("\n", $browser->signs), '', 'and none of them runs');
	like($browser->value('document.title'), qr/<script>document\.title="ran"/, 'the title is the name as it is');
	is($browser->value('document.querySelectorAll("script, img, iframe, object, form").length'), 0, 'nothing was made of it');
	is($browser->value('getComputedStyle(document.body).display'), 'block', 'no style was taken from it');
}

# Whatever can be acted upon or scrolled is reached by Tab, in the order of the page, and is seen to be.
my $focus = <<'JS';
(() => { const e = document.activeElement, s = getComputedStyle(e), r = e.getBoundingClientRect();
	return { what: e.localName + (e.getAttribute('href') || e.getAttribute('aria-labelledby') || e.textContent.slice(0, 20)), outline: s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2,
		seen: r.bottom > 0 && r.top < innerHeight && r.right > 0 && r.left < innerWidth }; })()
JS
$browser->show("file://$page{campaign}", width => 390);
my $wanted = $browser->value('[...document.querySelectorAll("a[href], summary, [tabindex=\"0\"]")].filter(e => e.getClientRects().length && !e.closest("details:not([open]) > :not(summary)")).length');
my (@reached, @unseen);
for (1 .. $wanted + 3)
{
	$browser->press('Tab', 9);
	my $at = $browser->value($focus);
	last if $at->{what} =~ /^body/ || (@reached && $at->{what} eq $reached[0]);
	push @reached, $at->{what};
	push @unseen, $at->{what} if !$at->{outline} || !$at->{seen};
}
is(scalar @reached, $wanted, 'B18: all that can be acted upon is reached by Tab');
is($reached[0], 'a#content', 'first the way past what is on top');
is("@unseen", '', 'each is marked, and in view');

$browser->show("file://$page{campaign}", width => 390);
$browser->value('document.querySelector("summary").focus()');
$browser->press('Enter', 13);
ok($browser->value('document.querySelector("details").open'), 'the figures behind a chart are opened by keyboard');

# ---- Mermaid, by its own parser and its own drawing, where `make report-check` has fetched it ------------------------

SKIP:
{
	my $program = $ENV{CAMPAIGN_MERMAID};
	skip 'no Mermaid: make report-check fetches it', 5 if !$program || !-f $program;
	$browser->show('about:blank');
	my $bytes = slurp_file($program);
	utf8::decode($bytes);
	$browser->call('Runtime.evaluate', { expression => $bytes });
	$browser->value('mermaid.initialize({ startOnLoad: false }) || 1');
	my $texts = $node->safe_psql('postgres', q{SELECT json_agg(campaign.sequence_diagram(t.name)) FROM campaign.sequence_template t});
	utf8::decode($texts);
	is(join("\n", @{ $browser->promised("Promise.all($texts.map(t => mermaid.parse(t).then(() => null, e => String(e)))).then(r => r.filter(x => x))") }),
		'', 'B18: Mermaid reads each template');
	my $hostile = $node->safe_psql('postgres', q{SELECT to_json(campaign.sequence_diagram((SELECT max(id) FROM campaign.campaign)))});
	utf8::decode($hostile);
	my $svg = $browser->promised("mermaid.render('m', $hostile).then(r => { document.body.innerHTML = r.svg; return document.body.textContent; })");
	like($svg, qr{</svg></title><script>console\.log\(1\)</script>"\]; click s0 "javascript:console\.log\(1\)" \\N --> \]\]>}, 'and shows hostile names as they are');
	is($browser->value('document.querySelectorAll("script, img, iframe, a").length'), 0, 'of which nothing is made');
	is(join("\n", grep { $_ !~ /^data:|^about:/ } $browser->requested), '', 'nothing is fetched');
	is(join("\n", $browser->signs), '', 'and nothing runs');
}

$browser->end;
done_testing();
