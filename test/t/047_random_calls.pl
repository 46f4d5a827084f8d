# Random definitions and calls of whatever is public, as an administrator of a workspace and as a superuser: whatever
# is refused is refused by an error that says so, nothing is an internal error, and the server lives. The seed is
# printed: `make sqlfuzz N=1000000 SEED=7` makes more of them, or the same again.
# Runs beside others.
use strict;
use warnings;

use CampaignTest;
use JSON::PP;
use PostgreSQL::Test::Utils;
use Test::More;

my $calls = $ENV{CALLS} || 10_000;
my $seed = $ENV{SEED} || 1 + int(rand 1_000_000);
srand $seed;
note("seed $seed, $calls calls");

my $json = JSON::PP->new->canonical->allow_nonref;
my $node = new_node(shared_preload_libraries => '', max_stack_depth => '2MB');
$node->safe_psql('postgres', 'CREATE EXTENSION campaign; SELECT campaign.virtual_time(true)');
$node->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', 'postgres', '-f', 'test/sql/include/attempts.sql' ], 'attempts are made');
$node->safe_psql('postgres', q{
	SET campaign.now = '2026-01-05 09:00+00';
	INSERT INTO campaign.workspace (id, name) VALUES (47, 'random');
	CREATE ROLE the_admin LOGIN;
	SELECT campaign.grant_access('the_admin', 'random', 'admin');
	SET campaign.workspace = 'random';
	INSERT INTO campaign.channel (id, name, transport) VALUES (47, 'box', 'outbox'), (48, 'desk', 'agent');
	INSERT INTO campaign.member (id, name) VALUES (47, 'Ann');
	INSERT INTO campaign.account (id, member_id, channel_id, address) VALUES (47, 47, 47, 'ann@random.example'), (48, 47, 48, 'ann');
	INSERT INTO campaign.prospect (id, external_id, email, first_name) SELECT n, 'p' || n, 'p' || n || '@random.example', 'Bob' FROM generate_series(1, 20) n;
	INSERT INTO campaign.list (id, name) VALUES (1, 'all');
	INSERT INTO campaign.list_prospect (list_id, prospect_id) SELECT 1, n FROM generate_series(1, 9) n;
	SELECT campaign.set_secret('ingest_standard', 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw');
	SELECT campaign.create_audience('some', '[{"name": "x", "where": "$.prospect.first_name == \"Bob\""}]');
	SELECT campaign.create_sequence('mails', '[{"email": {"subject": "Hello", "body": "{{first_name}}"}}, {"wait": {"until": "replied", "within": "2 days", "else": [{"end": "failure"}]}}, {"task": {"title": "Ring"}}]');
	SELECT campaign.create_campaign('live', 'mails', 47, '{47,48}');
	SELECT campaign.launch(campaign.campaign_id('live'));
	SELECT campaign.enroll(campaign.campaign_id('live'), '{1,2,3,4,5}');
	SELECT campaign.tick();
	SELECT campaign.create_campaign('draft', 'mails', 47, '{47,48}');
});

# ---- what values there are ---------------------------------------------------------------------------------------

my @words = ('', ' ', 'x', 'live', 'draft', 'mails', 'all', 'some', 'random', 'default', 'standard', 'ann', 'ann@random.example', 'p1', 'p1@random.example', 'box', 'the_admin',
	qw(email person linkedin domain viewer operator agent callback admin complete failed retry rejected processing succeeded replied clicked bounced ended opened sign_up send_again
	give_up next keep skip stop day week cold_email dunning ambassador insert update owner approve accept reject free business success failure campaign error),
	'Europe/Paris', 'Mars/Olympus', '+25:00', '$.a', '$.prospect.first_name == "Bob"', '$.** ? (@ like_regex "(a+)+$")', '$[*][*][*][*].**{2 to last} == $.**', 'strict $.a.b.c[last]',
	'$' x 9, '{{first_name}}', '{{#if x}}', '{{{{', '{{first_name|' . ('y' x 3000) . '}}', '%s%n%$', "'; DROP SCHEMA campaign; --", '../../etc/passwd', "a\r\nBcc: b\@c.d", "tab\t", "\x{202e}abc", "\x{1F600}",
	'a' x 100_000, '[' x 5000, 'infinity', 'NaN', '1e400', 'https://user:pw@[::1]:99999/?x#y', 'http://127.0.0.1', 'smtp://x', "\x{7f}", '"quoted"@x.y', 'a@' . 'b' x 300);
my @spans = ('1 day', '-1 day', '0', '1 microsecond', '178000000 years', '-178000000 years', '1 month -30 days', '2147483647 days', '-2147483648 days', '25 hours', '99999999 hours');
my @instants = ('infinity', '-infinity', '294276-12-31 23:59:59.999999+00', '4713-01-01 00:00+00 BC', '2026-01-05 09:00+00', '2026-03-29 02:30+02', '1970-01-01 00:00+00');
my @numbers = (0, -1, 1, 2, 3, 5, 9, 47, 48, 1000, 1001, 1002, 2_147_483_647, '9223372036854775807', '-9223372036854775808');

sub any { return $_[ int rand @_ ]; }
sub quoted { return "'" . ($_[0] =~ s/'/''/gr) . "'"; }

# What sequences are made of: those of the library, and each word anywhere.
my @library = map { $json->decode($_) } split /\n/, $node->safe_psql('postgres', 'SELECT definition FROM campaign.sequence_template');
push @library, map { $json->decode($_) } (
	'[{"branch": [{"when": "$.prospect.first_name == \"Bob\"", "then": [{"email": {"subject": "a", "body": "b"}}]}, {"else": [{"end": "success"}]}]}]',
	'[{"name": "a", "split": [{"percent": 30, "then": [{"email": {"subject": "a", "body": "b"}}]}, {"percent": 70, "then": [{"delay": "1 day"}]}]}, {"goto": "a"}]',
	'[{"visit": {}, "only_if": "connected"}, {"delay": {"until": "$.run.due", "plus": "-3 days", "at": "09:00", "past": "skip"}}, {"on_event": {"replied": [{"task": {"title": "x"}}]}}]');
my (%keys, @pieces);

sub gather
{
	my ($value) = @_;
	push @pieces, $value;
	if (ref $value eq 'HASH') { $keys{$_}++ for keys %$value; gather($_) for values %$value; }
	if (ref $value eq 'ARRAY') { gather($_) for @$value; }
	return;
}
gather($_) for @library;
my @keys = sort keys %keys;

sub scalar_value
{
	return any(sub { any(@words) }, sub { any(@spans) }, sub { 0 + any(0, -1, 1, 1e9, 0.5, 101, 1e300) }, sub { any(@instants) }, sub { JSON::PP::true },
		sub { JSON::PP::false }, sub { undef }, sub { [] }, sub { {} }, sub { any(@pieces) })->();
}

# A copy of the value in which each place is changed with a small chance.
sub mutated
{
	my ($value, $chance, $depth) = @_;
	return $depth > 30 ? $value : scalar_value() if rand() < $chance || $depth > 30;
	if (ref $value eq 'ARRAY')
	{
		my @all = map { rand() < $chance ? () : rand() < $chance ? (mutated($_, $chance, $depth + 1)) x 2 : mutated($_, $chance, $depth + 1) } @$value;
		splice @all, int rand(@all + 1), 0, any(@pieces) if rand() < $chance;
		return \@all;
	}
	return $value if ref $value ne 'HASH';
	return { map { rand() < $chance ? () : ((rand() < $chance ? any(@keys) : $_) => mutated($value->{$_}, $chance, $depth + 1)) } sort keys %$value };
}

sub document
{
	return any(sub { $json->encode(mutated(any(@library), any(0.01, 0.05, 0.2), 0)) }, sub { $json->encode({ map { (any(@keys, 'email', 'first_name', 'text', 'score') => scalar_value()) } 1 .. int rand 5 }) },
		sub { $json->encode([ map { scalar_value() } 1 .. int rand 5 ]) }, sub { '{"a": ' x 400 . '1' . '}' x 400 }, sub { '[' x 900 . ']' x 900 }, sub { $json->encode(scalar_value()) }, sub { '{}' })->();
}

# value($type): one of the type, as SQL
sub value
{
	my ($type) = @_;
	return 'NULL::' . $type if rand() < 0.06;
	if ($type =~ /^(.*)\[\]$/)
	{
		my $of = $1;
		return "ARRAY[" . join(', ', map { value($of) } 1 .. int rand 4) . "]::$type";
	}
	return quoted(
		  $type =~ /^(?:bigint|integer|smallint|double precision|numeric|oid)$/ ? ($type eq 'bigint' ? any(@numbers) : any(0, -1, 1, 2, 5, 1000, 32767))
		: $type eq 'interval' ? any(@spans)
		: $type =~ /^timestamp/ ? any(@instants)
		: $type =~ /^time / ? any('00:00', '09:00', '24:00', '23:59:59.999999')
		: $type eq 'date' ? any('infinity', '-infinity', '2026-01-05', '5874897-12-31')
		: $type eq 'boolean' ? any('true', 'false')
		: $type eq 'jsonb' ? document() =~ s/\\u0000//gr
		: $type eq 'jsonpath' ? any('$', '$.a', '$.** ? (@ > 1)', 'strict $[last]')
		: $type eq 'bytea' ? '\x' . join('', map { sprintf '%02x', int rand 256 } 1 .. int rand 200)
		: $type eq 'uuid' ? '00000000-0000-4000-8000-000000000000'
		: $type eq 'regclass' ? any('pg_catalog.pg_class', 'campaign.prospect', 'campaign.overview', 'campaign.prospect_id_seq', 'campaign.prospect_pkey')
		: $type eq 'name' ? any(grep { length $_ < 60 } @words)
		: any(@words)) . "::$type";
}

# ---- the calls --------------------------------------------------------------------------------------------------

# What takes no argument has nothing to be random; run_until and run_to go as far as they are told, which may be to
# the end of time.
my @routines = map { [ split /\|/ ] } split /\n/, $node->safe_psql('postgres', q{
	SELECT p.proname, COALESCE((SELECT string_agg(CASE WHEN t.typtype = 'p' THEN 'text' ELSE format_type(t.oid, NULL) END, ';' ORDER BY a.n) FROM unnest(p.proargtypes::oid[]) WITH ORDINALITY a (type, n) JOIN pg_type t ON t.oid = a.type), ''),
		r.level
	FROM pg_proc p JOIN campaign.level_right r ON r.kind = 'routine' AND r.name = p.proname
	WHERE p.pronamespace = 'campaign'::regnamespace AND p.prokind = 'f' AND p.pronargs > 0 AND p.proname NOT IN ('run_until', 'run_to', 'virtual_time') ORDER BY p.oid::regprocedure::text});
cmp_ok(scalar @routines, '>', 80, 'there are functions to call');

# one in three is a definition
sub statement
{
	my ($level) = @_;
	if (rand() < 0.34)
	{
		my $steps = quoted($json->encode(mutated(any(@library), any(0, 0.01, 0.03, 0.1, 0.3), 0)) =~ s/\\u0000//gr);
		return any("SELECT * FROM campaign.validate_sequence($steps)", "SELECT campaign.create_sequence('s' || " . int(rand 50) . "::text, $steps)",
			"SELECT campaign.launch(campaign.create_campaign('c' || (SELECT count(*) FROM campaign.campaign), 'mails', 47, '{47,48}'))",
			"SELECT campaign.create_campaign('c' || (SELECT count(*) FROM campaign.campaign), 's' || " . int(rand 50) . "::text, 47, '{47,48}', settings => " . quoted(document() =~ s/\\u0000//gr) . ')',
			"SELECT campaign.create_audience('a' || " . int(rand 99) . '::text, ' . quoted($json->encode([ { name => 'r', where => any(@words) } ])) . ')');
	}
	my $routine = any(@routines);
	return "SELECT * FROM campaign.$routine->[0](" . join(', ', map { value($_) } split /;/, $routine->[1]) . ')';
}

my (%states, @internal, $done);
my $place = PostgreSQL::Test::Utils::tempdir();
while (($done //= 0) < $calls)
{
	my $part = $calls - $done < 2500 ? $calls - $done : 2500;
	my $role = $done / 2500 % 4 == 3 ? $node->safe_psql('postgres', 'SELECT current_user') : 'the_admin';
	my (@statements, $out, $error);
	open my $file, '>:utf8', "$place/calls.sql" or die $!;
	print $file "SET campaign.workspace = 'random'; SET campaign.now = '2026-01-05 09:00+00'; SET client_min_messages = error; SET jit = off; SET statement_timeout = '20s';\n";
	for (1 .. $part)
	{
		push @statements, statement();
		print $file 'SELECT ', scalar @statements, ", o.state, left(o.message, 200) FROM attempts.outcome(", quoted($statements[-1]), ', ', rand() < 0.3 ? 'true' : 'false', ") o;\n";
		print $file "SELECT campaign.tick() IS NULL;\n" if $role ne 'the_admin' && rand() < 0.02;
	}
	close $file;
	my $status = $node->psql('postgres', undef, stdout => \$out, stderr => \$error,
		extra_params => [ '-U', $role, '-q', '-F', "\t", '-f', "$place/calls.sql" ]) // -1;
	for (grep { /^\d+\t\w{5}\t/ } split /\n/, $out)
	{
		my ($n, $state, $message) = split /\t/, $_, 3;
		$states{$state}++;
		push @internal, substr($statements[ $n - 1 ], 0, 1500) . " => $state $message" if $state =~ /^(?:XX|58|57P)/ || $state eq '57014';
	}
	is($status, 0, "as $role: the session lives") or diag(substr $error, -2000);
	$done += $part;
}
is(join("\n", @internal[ 0 .. ($#internal > 9 ? 9 : $#internal) ]), '', "no call of $done is an internal error, or without an end") or diag("again: make sqlfuzz N=$calls SEED=$seed");
cmp_ok($states{'00000'} // 0, '>', $calls / 20, 'many are well') or diag(explain(\%states));
note("$_: $states{$_}") for sort { $states{$b} <=> $states{$a} } keys %states;
is($node->safe_psql('postgres', 'SELECT count(*) > 0 FROM campaign.campaign'), 't', 'the server lives');
unlike(slurp_file($node->logfile), qr/PANIC|TRAP|was terminated by signal/, 'and has not crashed');
$node->stop('fast');
done_testing();
