=head1 NAME

CampaignOracle - holds the receivers' logs and the rows of the database against what is promised

=head1 SYNOPSIS

  use CampaignOracle;

  is_deeply(violations($node, sinks => [ $sink ], enrolled => 400), {}, 'every promise is kept');

=head1 DESCRIPTION

A receiver appends each request to its log before it answers, and nothing of campaign can write there:
so the log says what really left. Run it when everything has come to rest. What is looked at are the
actions of channels of transport http; the whole log of each receiver given has to be about them.

=cut

package CampaignOracle;

use strict;
use warnings;

use Exporter 'import';
use Digest::MD5 qw(md5);

our @EXPORT = qw(violations);

use constant EXAMPLES => 5;

=head1 FUNCTIONS

=over

=item violations($node, sinks => [...], enrolled => $n, actions_per_run => $n, stopped => {...})

What is not as promised: a hash of at most five examples each, empty when all is well. C<enrolled> is
how many runs the caller was told were enrolled, C<actions_per_run> how many actions a run has that ends
in success; C<stopped> gives for keys of persons when their opt-out had surely committed, in microseconds.

  I1 lost          a run or an action is neither done nor held nor waiting for a quota
  I2 unsent        an action is complete, and no receiver took it
  I3 phantom       a request came without a start that had committed before
  I4 doubled       an idempotent gateway: two effects of one action, or a repeat with other bytes
  I5 handed over   another gateway was handed an action twice
  I6 quota         more was sent than was debited, or than the limit allows
  I7 after stop    an action was started after the opt-out of its person had committed
  I10 order        a step of a run was sent before an earlier one
  I11 unknown      held as unknown where the answer can be had by asking again

=back

=cut

sub violations
{
	my ($node, %given) = @_;
	my $self = bless { node => $node, given => \%given, found => {} }, __PACKAGE__;

	$self->read_actions;
	$self->read_requests($_) for @{ $given{sinks} };
	$self->check_runs;
	$self->check_action($_) for values %{ $self->{actions} };
	$self->check_order;
	$self->check_quotas;
	$self->check_stops;
	return $self->{found};
}

# One more example of what is wrong.
sub violated
{
	my ($self, $invariant, $example) = @_;
	my $examples = $self->{found}{$invariant} //= [];
	push @$examples, $example if @$examples < EXAMPLES;
	return;
}

sub rows
{
	my ($self, $sql) = @_;
	return map { [ split /\|/, $_, -1 ] } split /\n/, $self->{node}->safe_psql('postgres', $sql);
}

# ---- what both sides say -------------------------------------------------------------------------------

sub read_actions
{
	my ($self) = @_;
	my @fields = qw(key id state reason attempt run step started account idempotent spared person);
	for my $row ($self->rows(<<'SQL'))
SELECT a.key, a.id, a.state, a.reason, a.attempt, a.enrollment_id, a.step, (extract(epoch FROM a.started_at) * 1000000)::bigint,
    l.account_id, COALESCE((c.options ->> 'idempotent')::boolean, false)::int,
    COALESCE((c.options ->> '5xx_means_not_accepted')::boolean, false)::int, p.person_key
FROM campaign.action a
JOIN campaign.lane l ON l.workspace_id = a.workspace_id AND l.id = a.lane_id
JOIN campaign.account t ON t.workspace_id = a.workspace_id AND t.id = l.account_id
JOIN campaign.channel c ON c.workspace_id = t.workspace_id AND c.id = t.channel_id
LEFT JOIN campaign.prospect p ON p.workspace_id = a.workspace_id AND p.id = a.prospect_id
WHERE c.transport = 'http' AND a.started_at IS NOT NULL
SQL
	{
		my %action = (asked => 0, answered => 0, handed => 0, effects => 0);
		@action{@fields} = @$row;
		$self->{actions}{ $action{key} } = \%action;
		$self->{by_id}{ $action{id} } = \%action;
	}
	return;
}

# What a log says of each action. A status from 300 on means no effect, a word in its place that the
# receiver took it and then did not answer as it should; "repeat" is what it knew by its key.
sub read_requests
{
	my ($self, $sink) = @_;
	open my $log, '<', $sink->log or return;
	while (my $line = <$log>)
	{
		chomp $line;
		my ($time, undef, undef, undef, $key, $status, $body) = split / /, $line, 7;
		my ($id) = $body =~ /"action_id": "(\d+)"/;
		my $action = $self->{by_id}{ $id // '' };

		if (!$action)
		{
			$self->violated('I3 phantom', "key $key is of no action that was started");
			next;
		}
		$self->violated('I4 doubled', "action $id came with another key: $key") if $key ne $action->{key};
		my $digest = md5($body);
		$self->violated('I4 doubled', "key $key came with other bytes") if ($action->{bytes} //= $digest) ne $digest;
		$action->{first} //= $time;
		$action->{asked}++;
		# libcurl itself may repeat what was cut off on a connection that it had used before
		$action->{answered}++ if $status !~ /^(?:close|hang)/;
		$action->{handed}++ if $status !~ /^[34]\d\d$/ && $status ne '503' && !($status =~ /^5/ && $action->{spared});
		$action->{effects}++ if $status !~ /^[345]\d\d$/ && $status ne 'repeat';
	}
	close $log;
	return;
}

# ---- the invariants -------------------------------------------------------------------------------------

sub check_runs
{
	my ($self) = @_;
	my ($enrolled, $per_run) = @{ $self->{given} }{qw(enrolled actions_per_run)};

	for my $row ($self->rows(<<'SQL'))
SELECT e.id FROM campaign.enrollment e
WHERE e.ended_at IS NULL AND NOT EXISTS (
    SELECT FROM campaign.action a JOIN campaign.lane l ON l.workspace_id = a.workspace_id AND l.id = a.lane_id
    WHERE a.workspace_id = e.workspace_id AND a.enrollment_id = e.id
        AND (a.state = 'held' AND a.reason IS NOT NULL OR a.state = 'queued' AND l.deferred_until IS NOT NULL))
LIMIT 5
SQL
	{
		$self->violated('I1 lost', "run $row->[0] goes on no more");
	}
	my ($runs) = $self->rows('SELECT count(*) FROM campaign.enrollment');
	$self->violated('I1 lost', "$runs->[0] runs of $enrolled") if defined $enrolled && $runs->[0] != $enrolled;
	return if !defined $per_run;
	for my $row ($self->rows(<<"SQL"))
SELECT e.id, count(a.id), count(DISTINCT a.step) FROM campaign.enrollment e
LEFT JOIN campaign.action a ON a.workspace_id = e.workspace_id AND a.enrollment_id = e.id AND a.state = 'complete'
WHERE e.end_kind = 'success' GROUP BY e.id HAVING (count(a.id), count(DISTINCT a.step)) <> ($per_run, $per_run) LIMIT 5
SQL
	{
		$self->violated('I1 lost', "run $row->[0] has ended with $row->[1] actions of $row->[2] steps");
	}
	return;
}

sub check_action
{
	my ($self, $action) = @_;
	my $who = "action $action->{id} ($action->{state} $action->{reason}, attempt $action->{attempt}, asked $action->{asked} times)";

	$self->violated('I1 lost', $who) if $action->{state} eq 'processing';
	$self->violated('I2 unsent', $who) if $action->{state} eq 'complete' && !$action->{effects};
	$self->violated('I3 phantom', $who)
		if $action->{answered} > $action->{attempt}
		|| $action->{asked} && $action->{attempt} == 1 && $action->{first} < $action->{started};
	$self->violated('I4 doubled', $who) if $action->{idempotent} && $action->{effects} > 1;
	$self->violated('I5 handed over', $who) if !$action->{idempotent} && $action->{handed} > 1;
	$self->violated('I11 unknown', $who) if $action->{reason} eq 'unknown_outcome' && $action->{idempotent};
	return;
}

sub check_order
{
	my ($self) = @_;
	my $before;
	for my $action (sort { $a->{run} <=> $b->{run} || $a->{step} <=> $b->{step} } grep { $_->{first} } values %{ $self->{actions} })
	{
		$self->violated('I10 order', "action $action->{id} left before action $before->{id}")
			if $before && $before->{run} == $action->{run} && $before->{first} > $action->{first};
		$before = $action;
	}
	return;
}

# Windows are long against a test: what was sent by an account is of the present one. A request that
# was cut off may be libcurl's own repeat, and is not counted; a repeat is of the same action.
sub check_quotas
{
	my ($self) = @_;
	my %sent;
	$sent{ $_->{account} }++ for grep { $_->{answered} } values %{ $self->{actions} };

	for my $row ($self->rows(<<'SQL'))
SELECT q.account_id, sum(q.used), sum(q.max_actions), string_agg(concat_ws(' ', q.action_kind, q.period, q.used, 'of', q.max_actions), ', ')
FROM campaign.account_usage q
JOIN campaign.account t ON t.workspace_id = q.workspace_id AND t.id = q.account_id
WHERE q.scope = 'account' AND q.usage_kind = '' AND q.action_kind = 'visit'
GROUP BY q.account_id
SQL
	{
		my ($account, $used, $max, $limit) = @$row;
		my $sent = $sent{$account} // 0;
		$self->violated('I6 quota', "account $account sent $sent: $limit") if $sent > $used || $used > $max;
	}
	return;
}

sub check_stops
{
	my ($self) = @_;
	my $stopped = $self->{given}{stopped} // {};
	for my $action (grep { exists $stopped->{ $_->{person} } } values %{ $self->{actions} })
	{
		$self->violated('I7 after stop', "action $action->{id} of $action->{person}")
			if $action->{started} > $stopped->{ $action->{person} };
	}
	return;
}

1;
