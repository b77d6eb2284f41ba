//! The Helm values of one cluster.

use super::curve::Curve;
use super::fleet::Demand;
use super::plan::Plan;

/// As `helm install --values` takes them.
pub(super) fn text(demand: &Demand, plan: &Plan, curve: &Curve) -> String {
    let Demand {
        name,
        peak,
        zones,
        growth,
    } = demand;
    let Plan {
        replicas,
        most_replicas,
        cpu_request,
        cpu_limit,
        memory_request,
        memory_limit,
        target,
        at_a_loss,
        ..
    } = plan;
    let capacity = curve.capacity;
    format!(
        "# {name}: {peak:.0} requests/s times {growth}, over {zones} zones. One replica was measured to \
         answer {capacity:.0};\n# {at_a_loss:.0} are its share when one zone is lost and one more node is \
         drained.\n\
         admissionController:\n  \
           replicas: {replicas}\n  \
           autoscaling:\n    \
             enabled: true\n    \
             minReplicas: {replicas}\n    \
             maxReplicas: {most_replicas}\n    \
             targetCPUUtilizationPercentage: {target}\n  \
           podDisruptionBudget:\n    \
             enabled: true\n    \
             maxUnavailable: 1\n  \
           container:\n    \
             resources:\n      \
               requests:\n        \
                 cpu: {cpu_request}m\n        \
                 memory: {memory_request}Mi\n      \
               limits:\n        \
                 cpu: {cpu_limit}m\n        \
                 memory: {memory_limit}Mi\n"
    )
}
