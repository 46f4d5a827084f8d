-- What can be seen of a campaign, by views and functions that every user has.
\pset footer off
\pset null '-'
SELECT campaign.campaign_id('Spring') AS campaign \gset
SELECT state, light, enrolled, active, in_progress, deferred, replied, finished, success, failure
    FROM campaign.overview WHERE campaign_id = :campaign;
SELECT sent AS invitations, accepted, ratio, ratio_indicator, in_queue, sent_today
    FROM campaign.overview WHERE campaign_id = :campaign;
SELECT step, entered, now_here, executed, succeeded, timed_out, left_success, left_failure
    FROM campaign.step_funnel WHERE campaign_id = :campaign ORDER BY position;
